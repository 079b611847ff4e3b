"""Training of the classifier on recordings: `hil train`.

recipe      what a training does, and how long
streams     spectra of the recordings and of disturbed copies, with persons and labels
draws       batches of windows out of streams
loop        one training, with averaged weights and checkpoints
judge       what it makes of windows
said        what it says of a window
figures     accuracy and intervals over persons
falls       how many are told, and how often of people who lie still
page        curves and tables for a person
"""
