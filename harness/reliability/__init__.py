"""Whether the verdicts can be relied on: sessions with a drawn fault, whose true verdict is known.

faults    the kinds of fault: what is true under each, and how soon it has to be said
plan      which run has which fault, on which device, and when; drawn from a seed
board     a played board, on a serial port that can be pulled
scene     what one session needs around it: folder, board, disk
channel   the messages between a session under test and this side
acts      makes a fault happen
session   one session under test, from its start until nothing of it is left
witnesses what it said: by its exit status, in its report, in its JUnit file, on its terminal
leftover  its processes, and what it left: processes, sockets, locks, files
outcome   all of this compared with the truth
matrix    truth by what was said, and times
runs      many runs
inside/   what runs in the sessions under test: a plugin of pytest and a tiny suite
"""
