"""The A/B gate: whether sparse attention may take the place of dense, by four criteria.

figures    what the trainings measured: matrices and intervals over seeds and persons
order      Spearman's rank correlation of neighbour orders
criteria   the four, their bounds, and a verdict each
latency    the firmware's kernel on this machine, dense and sparse
table      what is printed
"""
