"""Training of the classifier on recordings: `hil train`.

recipe      what a training does, and how long
streams     spectra of the recordings and of disturbed copies, with persons and labels
draws       batches of windows out of streams
loop        one training, with averaged weights and checkpoints
judge       what became of it on persons not trained on
figures     accuracy, falls and intervals over persons
page        curves and tables for a person
"""
