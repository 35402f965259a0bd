"""The workbench before an inspection: standards, questions, drills; mock audits, repairs, translation, readiness."""
