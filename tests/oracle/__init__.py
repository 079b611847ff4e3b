"""The oracle, judged by a plain twin and by what was published."""
