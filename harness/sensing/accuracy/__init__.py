"""How right a model is on a node: persons it has never seen, through the whole path.

card      what lies beside a model: its task, its classes, the persons it was not trained on
chosen    the windows that it is judged by
hearing   raw frames into the node's capture, and what it concludes
score     accuracy, F1, confusion; where device and oracle differ, and whether that is a tie
table     what is printed
"""
