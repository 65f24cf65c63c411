"""The endpoints of the pipeline: tracking and receipts."""
