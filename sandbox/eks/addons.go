package eks

// The add-ons every EKS cluster begins with, applied to a fresh one. The manifests are in `addons/`;
// what their containers do is not known here.

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"text/template"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes"
)

//go:embed addons/*.yaml
var addOnManifests embed.FS

// addOnManager is the field manager EKS uses for its add-ons.
const addOnManager = "eks"

// ecrAccount is the AWS account of EKS's images in most regions.
// https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html
const ecrAccount = "602401143452"

// AddOnOptions says for which cluster the add-ons are.
type AddOnOptions struct {
	// Region is the cluster's AWS region: the images come from its registry.
	Region string
	// Cluster is the EKS cluster's name.
	Cluster string
	// ClusterDNS is the address of the Service kube-dns, inside the Service range.
	ClusterDNS string
	// NetworkPolicies is the VPC CNI's setting `enableNetworkPolicy`.
	// https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html
	NetworkPolicies bool
	// Corefile is CoreDNS' setting `corefile`, its whole configuration; empty: the add-on's own.
	// https://docs.aws.amazon.com/eks/latest/userguide/coredns-add-on-create.html
	Corefile string
	// Server is the API server's URL that kube-proxy's configuration shows.
	Server string
}

// addOnVersions are the tags of the add-ons' images.
type addOnVersions struct{ CoreDNS, KubeProxy, CNI, NetworkPolicyAgent string }

func versions() addOnVersions {
	return addOnVersions{
		CoreDNS:            "v1.13.2-eksbuild.1",
		KubeProxy:          "v1.36.0-minimal-eksbuild.2",
		CNI:                "v1.21.1-eksbuild.1",
		NetworkPolicyAgent: "v1.3.1-eksbuild.1",
	}
}

// Registry is the host of EKS's images in a region.
func Registry(region string) string {
	return fmt.Sprintf("%s.dkr.ecr.%s.amazonaws.com", ecrAccount, region)
}

// AddOns applies coredns, kube-proxy and the VPC CNI (aws-node) to kube-system, and the EBS CSI driver's objects with the
// default StorageClass `gp3`, and metrics-server's. Applying them again
// changes nothing; what a learner changed in them since is set back.
//
// The Namespace `kube-system` must exist. Does not wait until anything runs.
func AddOns(ctx context.Context, client kubernetes.Interface, o AddOnOptions) error {
	objects, err := addOnObjects(o)
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := apply(ctx, client, object); err != nil {
			return fmt.Errorf("failed to apply %s `%s` of EKS's add-ons: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}

// addOnObjects returns the add-ons' objects in the order they are to be applied.
func addOnObjects(o AddOnOptions) ([]*unstructured.Unstructured, error) {
	names, err := fs.Glob(addOnManifests, "addons/*.yaml")
	if err != nil {
		return nil, err
	}
	values := struct {
		AddOnOptions
		Registry, ClusterDomain string
		Versions                addOnVersions
	}{o, Registry(o.Region), ClusterDomain, versions()}
	manifests, err := template.New("add-ons").Option("missingkey=error").ParseFS(addOnManifests, names...)
	if err != nil {
		return nil, fmt.Errorf("failed to parse the add-ons' manifests: %w", err)
	}
	var objects []*unstructured.Unstructured
	for _, name := range names {
		var text bytes.Buffer
		if err := manifests.ExecuteTemplate(&text, path.Base(name), values); err != nil {
			return nil, fmt.Errorf("failed to fill in `%s`: %w", name, err)
		}
		found, err := decode(&text)
		if err != nil {
			return nil, fmt.Errorf("failed to read `%s`: %w", name, err)
		}
		objects = append(objects, found...)
	}
	return objects, nil
}

func decode(text io.Reader) ([]*unstructured.Unstructured, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(text, 4096)
	var objects []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
}

func apply(ctx context.Context, client kubernetes.Interface, object *unstructured.Unstructured) error {
	resource := resources[object.GetKind()]
	if resource == "" {
		return errors.New("no resource is known for its kind")
	}
	body, err := object.MarshalJSON()
	if err != nil {
		return err
	}
	return client.Discovery().RESTClient().Patch(types.ApplyPatchType).
		AbsPath(pathOf(object, resource)).
		Param("fieldManager", addOnManager).Param("force", "true").
		Body(body).
		Do(ctx).
		Error()
}

// pathOf is where the API server has an object.
func pathOf(object *unstructured.Unstructured, resource string) string {
	group := "/apis"
	if object.GroupVersionKind().Group == "" {
		group = "/api"
	}
	namespace := ""
	if object.GetNamespace() != "" {
		namespace = "namespaces/" + object.GetNamespace()
	}
	return path.Join(group, object.GetAPIVersion(), namespace, resource, object.GetName())
}

// resources are the names that the API has for the kinds in the manifests.
var resources = map[string]string{
	"APIService":          "apiservices",
	"CSIDriver":           "csidrivers",
	"ClusterRole":         "clusterroles",
	"ClusterRoleBinding":  "clusterrolebindings",
	"ConfigMap":           "configmaps",
	"DaemonSet":           "daemonsets",
	"Deployment":          "deployments",
	"PodDisruptionBudget": "poddisruptionbudgets",
	"Service":             "services",
	"ServiceAccount":      "serviceaccounts",
	"StorageClass":        "storageclasses",
}
