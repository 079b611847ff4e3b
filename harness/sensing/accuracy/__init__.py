"""How right a model is on persons it has never seen.

card   what lies beside a model: its task, its classes, the persons it was not trained on; and the
       windows that it is judged by
score  accuracy, F1, confusion; where device and oracle differ, and whether that is a tie; a table
"""
