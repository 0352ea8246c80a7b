using FluentAssertions;
using NUnit.Framework;

namespace KernelGateway.Architecture.Tests;

/// <summary>
/// The references between the namespaces of a project point in one direction, so that a folder can be read and tested without those above it.
/// A cycle is broken by moving a type to the namespace where it belongs, or by an interface in the lower namespace.
/// </summary>
public sealed class NamespaceOrderTests
{
    // The namespaces of the core from the lowest upwards: none refers to one of a later row. Nested namespaces belong to the row of the outer one.
    private static readonly string[][] CoreRows =
    [
        ["KernelGateway.Kernelspecs", "KernelGateway.Launching", "KernelGateway.Transports"],
        ["KernelGateway.Kernels"],
        ["KernelGateway.Executions"],
        ["KernelGateway.Contexts"],
        ["KernelGateway.Notebooks", "KernelGateway.Hosting", "KernelGateway.Gateway"],
    ];

    [TestCase("KernelGateway", "KernelGateway")]
    [TestCase("KernelGateway.Abstractions", "KernelGateway")]
    [TestCase("KernelGateway.Zmtp", "KernelGateway.Zmtp")]
    [TestCase("KernelGateway.Protocol", "KernelGateway.Protocol")]
    [TestCase("KernelGateway.NetMQ", "KernelGateway.NetMQ")]
    [TestCase("KernelGateway.Mcp", "KernelGateway.Mcp")]
    [TestCase("KernelGateway.Extensions.AI", "KernelGateway.Extensions.AI")]
    [TestCase("KernelGateway.Client", "KernelGateway.Client")]
    [TestCase("KernelGateway.AspNetCore", "KernelGateway.AspNetCore")]
    [TestCase("KernelGateway.Conformance", "KernelGateway.Conformance")]
    [TestCase("KernelGateway.Processes", "KernelGateway.Processes")]
    [TestCase("KernelGateway.SandboxServices", "KernelGateway.SandboxServices")]
    [TestCase("KernelGateway.ControlPlane", "KernelGateway.ControlPlane")]
    [TestCase("KernelGateway.ControlPlane.AspNetCore", "KernelGateway.ControlPlane.AspNetCore")]
    [TestCase("kernel-gateway", "KernelGateway.Server")]
    public void Namespaces_of_a_project_form_no_circle(string assembly, string root)
    {
        var graph = Graph(assembly, root);
        var allowed = AllowedPairs.In(assembly);

        var offending = graph.PairsOnCircles(allowed);

        offending.Should().BeEmpty("the namespaces of {0} have an order; these pairs form cycles:\n{1}\n", assembly, graph.Describe(offending));
    }

    [TestCase("KernelGateway", "KernelGateway")]
    [TestCase("KernelGateway.Abstractions", "KernelGateway")]
    [TestCase("KernelGateway.Zmtp", "KernelGateway.Zmtp")]
    [TestCase("KernelGateway.Protocol", "KernelGateway.Protocol")]
    [TestCase("KernelGateway.NetMQ", "KernelGateway.NetMQ")]
    [TestCase("KernelGateway.Mcp", "KernelGateway.Mcp")]
    [TestCase("KernelGateway.Extensions.AI", "KernelGateway.Extensions.AI")]
    [TestCase("KernelGateway.Client", "KernelGateway.Client")]
    [TestCase("KernelGateway.AspNetCore", "KernelGateway.AspNetCore")]
    [TestCase("KernelGateway.Conformance", "KernelGateway.Conformance")]
    [TestCase("KernelGateway.Processes", "KernelGateway.Processes")]
    [TestCase("KernelGateway.SandboxServices", "KernelGateway.SandboxServices")]
    [TestCase("KernelGateway.ControlPlane", "KernelGateway.ControlPlane")]
    [TestCase("KernelGateway.ControlPlane.AspNetCore", "KernelGateway.ControlPlane.AspNetCore")]
    [TestCase("kernel-gateway", "KernelGateway.Server")]
    public void A_pair_that_is_still_allowed_lies_on_a_circle(string assembly, string root)
    {
        var onCircles = Graph(assembly, root).PairsOnCircles(new HashSet<NamespacePair>());

        AllowedPairs.In(assembly).Except(onCircles).Should().BeEmpty("a pair that is no longer part of a cycle is removed from AllowedPairs");
    }

    [Test]
    public void The_core_is_built_upwards()
    {
        var graph = Graph("KernelGateway", "KernelGateway");

        var offending = graph.Pairs.Where(pair => Row(pair.From) is { } from && Row(pair.To) is { } to && from < to).ToList();

        offending.Should().BeEmpty("a lower namespace does not refer to the ones above it:\n{0}\n", graph.Describe(offending));
    }

    private static NamespaceGraph Graph(string assembly, string root) =>
        new(root, TypeReferences.Read(Path.Combine(TestContext.CurrentContext.TestDirectory, assembly + ".dll")));

    private static int? Row(string name)
    {
        for (var row = 0; row < CoreRows.Length; row++)
        {
            if (CoreRows[row].Any(outer => name == outer || name.StartsWith(outer + ".", StringComparison.Ordinal))) return row;
        }
        return null;
    }
}
