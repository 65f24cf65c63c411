"""What happens by the clock: (queue, job, every so many seconds). Each job may run anywhere, any number of times."""

SCHEDULE: tuple[tuple[str, str, int], ...] = (
    ("events", "messaging.jobs.tidy_every_second", 1),
    ("events", "messaging.jobs.tidy_every_minute", 60),
    ("events", "campaigns.jobs.tidy_every_second", 1),
    ("events", "users.jobs.tidy_every_minute", 60),
    ("webhooks", "projects.jobs.deliver_webhooks", 5),
    ("events", "projects.jobs.tidy_every_minute", 60),
    ("events", "projects.jobs.tidy_every_hour", 3600),
    ("events", "projects.jobs.check_domains", 3600),
)
