// Package bankgen makes a creditor's books and the bank statements that pay them, and knows the truth about
// every payment. It is what cash application is measured against, so it is written apart from it: it knows
// how people, banks and invoicing programs write, and nothing of how payments are matched.
//
// A World is a pure function of its Options; the same seed gives the same bytes. It has customers with
// accounts of their own, open and settled invoices in several number series at a time, and payments of one
// noise level. Every payment can be decided by a careful person who sees the books: what nobody could tell
// apart (a slip of the pen that names another open invoice of the same customer and the same amount, say)
// is not made.
package bankgen
