//! Live demos that lessons cannot express as data.
