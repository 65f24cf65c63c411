"""WHEN, to many: campaigns, their launch, pause, resume and cancel."""
