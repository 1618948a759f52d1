"""The embedded AWS: moto behind one HTTP endpoint, and strictly what moto lacks. A test double; see README.md."""
