"""What this machine has, what it lacks, and the command that supplies it."""
