"""The channels by which somebody can be reached. Which of them a deployment uses is an option of the job."""

CHANNELS = ("email", "sms", "push", "webhook", "in_app", "onsite")
