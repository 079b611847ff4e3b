"""How right the node is on recordings, figure by figure.

listening   a node that hears a recording: the firmware's C, on all cores
breathing, movement, falls, cost
            the figures, a subject a file; rooms and disturbed: what some of them hear
scoreboard  all figures together
page        the page with the figures and their plots
"""
