"""Dense and sparse encoders from the same seeds on the same budget, for `hil gate`.

windows   spectra of recordings, cut into windows with their persons
encoder   the head's layers, dense or sparse, to one unit vector a window
train     InfoNCE over two views of each window, and its measure on persons not trained on
plan      which trainings a gate needs, and their figures
"""
