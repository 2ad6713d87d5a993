"""What a change means for every stack: told in a pull request, and compared again before it is applied."""
