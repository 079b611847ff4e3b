"""Whether the bench's word can be relied on: sessions with a drawn fault and a known truth.

faults    the kinds of fault: what is true under each, why, and how soon it has to be said
plan      which run meets which fault, on which device, and where in it; from a seed
board     a board that is played, on a serial port that can be pulled
channel   what a session under test tells this side, and what it is told
acts      bringing a fault about
session   one session under test, from its start until nothing of it is left
witnesses what it said: by its exit status, in its report, in its JUnit file, on its terminal
leftover  processes, sockets and locks that it left
outcome   all of this held against the truth
matrix    truth by word, times, counts
verdicts  many runs
inside/   what runs in the sessions under test: a plugin of pytest and a tiny suite
"""
