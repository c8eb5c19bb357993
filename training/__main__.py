"""`python -m training`."""

from services.extras import ending_with_a_line

if __name__ == "__main__":
    with ending_with_a_line("training"):
        from training.command import training

        training(prog_name="python -m training")
