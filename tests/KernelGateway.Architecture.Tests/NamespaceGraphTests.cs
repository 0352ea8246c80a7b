using FluentAssertions;
using NUnit.Framework;

namespace KernelGateway.Architecture.Tests;

/// <summary>Tests of the graph itself, with the small namespaces of <c>Samples</c>.</summary>
public sealed class NamespaceGraphTests
{
    private const string Root = "KernelGateway.Architecture.Tests.Samples";

    private static readonly NamespacePair Upwards = new(Root + ".Lower", Root + ".Upper");
    private static readonly NamespacePair Downwards = new(Root + ".Upper", Root + ".Lower");

    private readonly NamespaceGraph _graph = new(
        Root, TypeReferences.Read(typeof(NamespaceGraphTests).Assembly.Location).Where(use => use.From.Namespace.StartsWith(Root, StringComparison.Ordinal)));

    [Test]
    public void A_circle_is_found_whose_uses_are_a_field_and_a_method_body() =>
        _graph.PairsOnCircles(new HashSet<NamespacePair>()).Should().BeEquivalentTo([Upwards, Downwards]);

    [Test]
    public void A_pair_that_leads_into_a_circle_is_not_on_it() =>
        _graph.Pairs.Should().Contain(new NamespacePair(Root + ".Apart", Root + ".Upper"), "the state machine of an async method counts too");

    [Test]
    public void An_allowed_pair_opens_its_circle() =>
        _graph.PairsOnCircles(new HashSet<NamespacePair> { Upwards }).Should().BeEmpty();

    [Test]
    public void A_pair_is_described_by_the_types_and_members_that_make_it() =>
        _graph.Describe([Upwards]).Should().Contain($"{Root}.Lower -> {Root}.Upper (1 uses)").And
            .Contain($"{Root}.Lower.Engine.Describe uses {Root}.Upper.Car");
}
