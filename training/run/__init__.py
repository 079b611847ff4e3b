"""Training of the classifier on recordings: `hil train`.

recipe      how a training is done, and how long it takes
streams     spectra of the recordings and of disturbed copies, with persons and labels
draws       batches of windows out of streams
loop        one training, with averaged weights and checkpoints
predictions what a model says of windows
figures     accuracy and intervals over persons
falls       how many falls are found, and how many false ones of people who lie still
page        curves and tables for a person
"""
