"""The channel state of a recording goes through a node again, and its numpy twin hears the same.

events    who sent what: nodes are told apart by id and address; the packets with the node's time
order     raw frames in their order, boot by boot, although datagrams get lost or swapped
clock     when each frame was taken
frames    all of that together: what a recording holds for a replay
feed      the frames into a node's capture, at the node's own time
compare   what the node then sent, compared with the twin and with what was recorded
said      what the node said of the room, over time
result    a whole replay
table, page
          the result for a person
"""
