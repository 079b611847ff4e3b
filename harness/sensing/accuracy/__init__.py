"""How right a model is on persons it has never seen.

card   a model's card: its task, its classes, the persons it was not trained on; and the
       windows that it is judged by
score  accuracy, F1, confusion
"""
