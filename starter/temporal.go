package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/durationpb"

	"dunlin/collection"
	"dunlin/invoice"
)

// quiet keeps the Temporal client's own log out of the answers: what goes wrong comes back as an error.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

// dialTemporal connects with the settings of Temporal's envconfig.
func dialTemporal(ctx context.Context) (client.Client, string, error) {
	o, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, "", invoice.Invalid("TEMPORAL_*", "the settings cannot be read: %s", err)
	}
	o.Logger = quiet{}
	if o.Namespace == "" {
		o.Namespace = client.DefaultNamespace
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	c, err := client.DialContext(ctx, o)
	if err != nil {
		where := o.HostPort
		if where == "" {
			where = client.DefaultHostPort
		}
		return nil, "", &invoice.Error{Code: invoice.CodeUnavailable, Field: "TEMPORAL_ADDRESS", Message: fmt.Sprintf("Temporal at %s cannot be reached: %s", where, err), Hint: "invoices and facts are taken in without it; migrate and verify need it, or --database-only"}
	}
	return c, o.Namespace, nil
}

// settle is how long a server may take until a new namespace is known everywhere in it.
const settle = time.Minute

// prepareNamespace creates the namespace and its search attributes where they are missing.
func prepareNamespace(ctx context.Context, c client.Client, namespace string, retention time.Duration, progress io.Writer) error {
	_, err := c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(retention), Description: "Dunlin: one workflow per invoice",
	})
	if _, exists := errors.AsType[*serviceerror.NamespaceAlreadyExists](err); err != nil && !exists {
		return fmt.Errorf("create the Temporal namespace %s: %w", namespace, err)
	} else if !exists {
		fmt.Fprintf(progress, "created the Temporal namespace %s, which keeps closed cases for %s\n", namespace, many(int64(retention/(24*time.Hour)), "day"))
	}
	ctx, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	for {
		added, err := addAttributes(ctx, c.OperatorService(), namespace)
		if err == nil {
			if added > 0 {
				fmt.Fprintf(progress, "added %d search attributes\n", added)
			}
			return nil
		}
		if _, refused := errors.AsType[*invoice.Error](err); refused {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("add the search attributes to the Temporal namespace %s: %w", namespace, err)
		case <-time.After(time.Second):
		}
	}
}

// attributes are the search attributes of a case, all of collection's keys.
var attributes = []temporal.SearchAttributeKey{
	collection.AttrCreditor, collection.AttrDebtor, collection.AttrInvoice, collection.AttrStage,
	collection.AttrCurrency, collection.AttrDueDate, collection.AttrBalance,
}

// addAttributes adds what is missing and refuses a name that stands for another type.
func addAttributes(ctx context.Context, s operatorservice.OperatorServiceClient, namespace string) (int, error) {
	have, err := s.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return 0, err
	}
	missing := map[string]enums.IndexedValueType{}
	for _, key := range attributes {
		is, found := have.GetCustomAttributes()[key.GetName()]
		switch {
		case !found:
			missing[key.GetName()] = key.GetValueType()
		case is != key.GetValueType():
			return 0, invoice.WrongState("the search attribute %s of namespace %s is a %s, it must be a %s", key.GetName(), namespace, is, key.GetValueType()).
				WithHint("give Dunlin a namespace of its own: TEMPORAL_NAMESPACE")
		}
	}
	if len(missing) == 0 {
		return 0, nil
	}
	_, err = s.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	return len(missing), err
}

// promote makes a build the current version of the workers' deployment.
func promote(ctx context.Context, c client.Client, progress io.Writer) error {
	build := os.Getenv("TEMPORAL_WORKER_BUILD_ID")
	if build == "" {
		return invoice.Invalid("TEMPORAL_WORKER_BUILD_ID", "is not set").WithHint("--promote makes that build the current version")
	}
	name := os.Getenv("TEMPORAL_DEPLOYMENT_NAME")
	if name == "" {
		name = "dunlin"
	}
	_, err := c.WorkerDeploymentClient().GetHandle(name).SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: build})
	if err != nil {
		return fmt.Errorf("make %s the current version of %s (have its workers started?): %w", build, name, err)
	}
	fmt.Fprintf(progress, "build %s is the current version of %s\n", build, name)
	return nil
}
