"""personakit: customer data become personas and journey maps that carry their evidence."""
