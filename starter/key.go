package main

import (
	"context"

	"github.com/spf13/cobra"
)

// keyCmd makes and revokes API keys.
func (a *app) keyCmd() *cobra.Command {
	create := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make an API key; it is shown once",
		Example: "  dunlin key create shop",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			secret, err := b.CreateKey(ctx, args[0])
			if err != nil {
				return err
			}
			if a.json {
				return a.show(map[string]string{"name": args[0], "key": secret})
			}
			a.say("%s", secret)
			a.hint("this is the only time it is shown; clients send it as \"Authorization: Bearer …\"")
			return nil
		}),
	}
	revoke := &cobra.Command{
		Use:     "revoke NAME",
		Short:   "Revoke an API key",
		Example: "  dunlin key revoke shop",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			if err := b.RevokeKey(ctx, args[0]); err != nil {
				return err
			}
			if a.json {
				return a.show(map[string]string{"name": args[0], "state": "revoked"})
			}
			a.say("The key %s is revoked.", args[0])
			return nil
		}),
	}
	return family("key", "Make and revoke API keys", create, revoke)
}
