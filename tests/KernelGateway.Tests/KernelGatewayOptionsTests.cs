using System.Collections;
using System.Reflection;
using FluentAssertions;
using KernelGateway.Tests.Kernels;
using NUnit.Framework;

namespace KernelGateway.Tests;

/// <summary>A gateway copies its options when it starts.</summary>
public sealed class KernelGatewayOptionsTests
{
    [Test]
    [CancelAfter(30_000)]
    public async Task Changes_after_the_start_have_no_effect(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();

        scripted.Options.Contexts.MaxContexts = 1;
        scripted.Options.Languages.Aliases["echo"] = "python";
        scripted.Options.KernelSpecs.AllowedKernelSpecs.Add("other");

        await scripted.CreateContextAsync(cancellationToken);
        (await scripted.CreateContextAsync(cancellationToken)).Language.Should().Be("echo");
    }

    [Test]
    public void A_copy_has_every_option_and_shares_nothing_that_can_change()
    {
        var options = new KernelGatewayOptions();
        var changed = new List<string>();
        Change(options, "", changed);

        var copy = options.Copy();

        changed.Should().HaveCountGreaterThan(40);
        CompareCopy(options, copy, "");
        copy.Should().NotBeSameAs(options);
    }

    // Sets each option to a value that is not its default.
    private static void Change(object options, string path, List<string> changed)
    {
        foreach (var property in Properties(options))
        {
            var value = property.GetValue(options);
            changed.Add(path + property.Name);
            if (IsGroup(property)) Change(value!, $"{path}{property.Name}.", changed);
            else if (value is ICollection<string> names) names.Add("added");
            else if (value is IDictionary<string, string> map) map["added"] = "value";
            else if (value is IDictionary<string, IList<string>> lists) lists["added"] = ["value"];
            else if (Other(property.PropertyType, value) is { } other) property.SetValue(options, other);
            else changed.Remove(path + property.Name);
        }
    }

    private static object? Other(Type type, object? value) => (Nullable.GetUnderlyingType(type) ?? type, value) switch
    {
        (_, bool flag) => !flag,
        (_, TimeSpan time) => time + TimeSpan.FromSeconds(1),
        (_, int number) => number + 1,
        (_, long number) => number + 1,
        (var text, _) when text == typeof(string) => "other",
        (var number, null) when number == typeof(int) => 7,
        (var flag, null) when flag == typeof(bool) => true,
        _ => null,
    };

    private static void CompareCopy(object original, object copy, string path)
    {
        foreach (var property in Properties(original))
        {
            var (one, other) = (property.GetValue(original), property.GetValue(copy));
            var name = path + property.Name;
            if (IsGroup(property))
            {
                other.Should().NotBeSameAs(one, name);
                CompareCopy(one!, other!, $"{name}.");
            }
            else if (one is IEnumerable and not string)
            {
                other.Should().NotBeSameAs(one, name);
                other.Should().BeEquivalentTo(one, name);
            }
            else
            {
                other.Should().Be(one, name);
            }
        }
    }

    private static IEnumerable<PropertyInfo> Properties(object options) =>
        options.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private static bool IsGroup(PropertyInfo property) =>
        property.PropertyType.Assembly == typeof(Gateway).Assembly
        && property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal);
}
