"""The weight blob and the packets: every byte, every error."""
