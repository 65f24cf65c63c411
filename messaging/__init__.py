"""The pipeline: accept, claim, render, hand over, record, receipts, statistics."""
