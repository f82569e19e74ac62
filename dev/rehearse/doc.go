// Package rehearse lets a portfolio live through a policy before anybody is written to: on a throw-away
// lab, with the real engine, in lab time. Nobody's address, name or account enters the lab: they are
// replaced on the way in. What comes out is a report: how much goes out on which day and what it costs,
// who gets what, what moved or held back which step, and what an audit with other eyes says about it.
package rehearse
