//! Native code for conditions.
