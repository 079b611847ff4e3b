"""What several tests share: inputs with ids that make them again, and the judge."""
