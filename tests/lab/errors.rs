//! Every operation fails once: nothing acknowledged is lost, and what failed may be there or not.
