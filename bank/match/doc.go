// Package match decides which open invoices a credit on a bank account pays. It climbs a ladder from the
// strongest evidence to the weakest, and the first rung that yields exactly one consistent set of invoices
// wins. Precision comes before recall: a payment left to a person costs a click, a payment applied to the
// wrong invoice stops the reminders of somebody who owes and sends them to somebody who has paid.
//
// The package is pure. It is told what the books know (Known) and answers with a Decision that carries its
// rung, its evidence in words, and the version of its rules.
package match
