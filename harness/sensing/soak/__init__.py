"""A node at work for hours: scenarios in turn, everything measured every minute.

plan      how long, by which clock, which scenarios
run       the loop over the minutes
minute    what is measured in one minute, and what is wrong with it
logits    the head compared with the oracle, on the frames that the node itself fed it with
trend     whether a series of measurements falls: how a leak is told from noise
result    what the soak found
"""
