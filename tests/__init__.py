"""The project's own tests: oracle, schema, harness, and the faults they must find."""
