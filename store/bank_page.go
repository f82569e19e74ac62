package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/internal/failpoint"
)

// linesPerPage is how many payments phase two books in one transaction.
const linesPerPage = 500

// BookPage books the next payments of an accepted file behind a cursor, one transaction. What waits is what
// its rows say, so that a page that was booked by a worker that died is not booked again.
func (s *Store) BookPage(ctx context.Context, r collection.PageRequest) (collection.Page, error) {
	page, err := s.bookPage(ctx, r, s.bookLines)
	if stuck(err) {
		page, err = s.bookPage(ctx, r, s.bookApart)
	}
	if err == nil {
		err = failpoint.Hit("F6/bank_page")
	}
	return page, err
}

func (s *Store) bookPage(ctx context.Context, r collection.PageRequest, book func(context.Context, pgx.Tx, []int64) error) (collection.Page, error) {
	var page collection.Page
	err := s.tx(ctx, func(tx pgx.Tx) error {
		page = collection.Page{Cursor: r.Cursor}
		pk, at, err := openPages(ctx, tx, r.Import)
		if err != nil || (at.State != collection.FileAccepted && at.State != collection.FileBooking) {
			page.Done, page.Total, page.Booked = true, at.Bookable, at.Bookable
			return err
		}
		lines, err := nextLines(ctx, tx, pk, r.Cursor)
		if err != nil {
			return err
		}
		if err := book(ctx, tx, lines); err != nil {
			return err
		}
		if len(lines) > 0 {
			page.Cursor = lines[len(lines)-1]
		}
		page.Done = len(lines) < linesPerPage
		if err := closePage(ctx, tx, pk, len(lines), &page); err != nil || !page.Done {
			return err
		}
		return s.statementsCame(ctx, tx, pk)
	})
	return page, err
}

// bookApart is bookLines for a page that a payment spoils: that one goes to a person, and the file goes on.
func (s *Store) bookApart(ctx context.Context, tx pgx.Tx, pks []int64) error {
	return apart{do: s.bookLines, leave: func(ctx context.Context, tx pgx.Tx, pk int64, spoilt error) error {
		if err := bookBank(ctx, tx, []int64{pk}); err != nil {
			return err
		}
		return s.leaveToPerson(ctx, tx, pk, spoilt)
	}}.run(ctx, tx, pks)
}

// openPages takes the file's row, so that its pages are booked one after the other.
func openPages(ctx context.Context, tx pgx.Tx, i collection.Import) (int64, collection.FileStanding, error) {
	if _, err := tx.Exec(ctx, `SELECT 1 FROM bank_files WHERE sha256 = $1 FOR NO KEY UPDATE`, i.SHA256); err != nil {
		return 0, collection.FileStanding{}, err
	}
	return standingOf(ctx, tx, i)
}

// nextLines locks the payments of the next page. Pages are booked in the order of the lines' keys, so that
// nothing before the cursor waits: it only spares looking there again.
func nextLines(ctx context.Context, tx pgx.Tx, file, behind int64) ([]int64, error) {
	rows, err := tx.Query(ctx, `SELECT pk FROM bank_details WHERE file_pk = $1 AND pk > $3 AND state = 'accepted' ORDER BY pk LIMIT $2 FOR NO KEY UPDATE`, file, linesPerPage, behind)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// closePage notes how far the file is.
func closePage(ctx context.Context, tx pgx.Tx, file int64, lines int, page *collection.Page) error {
	err := tx.QueryRow(ctx, `UPDATE bank_files SET booked = booked + $2, state = CASE WHEN $3 THEN 'done' ELSE 'booking' END, done_at = CASE WHEN $3 THEN business_now() END,
			available_at = clock_timestamp() + $4::interval WHERE pk = $1 RETURNING booked, greatest(bookable, booked)`, file, lines, page.Done, standstill).Scan(&page.Booked, &page.Total)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
