using System.Reflection;
using FluentAssertions;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests;

/// <summary>The public surface is a checked-in file, so that a change of it is a visible diff.</summary>
public sealed class PublicApiTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Test]
    public async Task Public_surface_is_the_one_that_is_checked_in()
    {
        var actual = string.Join('\n', typeof(ZmtpMessage).Assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(Describe));
        await File.WriteAllTextAsync(Path.Combine(TestContext.CurrentContext.TestDirectory, "PublicApi.actual.txt"), actual + "\n");

        var approved = await File.ReadAllTextAsync(Path.Combine(TestContext.CurrentContext.TestDirectory, "PublicApi.txt"));

        actual.Should().Be(approved.TrimEnd(), "an intended change needs PublicApi.actual.txt (beside the test assembly) as the new PublicApi.txt");
    }

    private static IEnumerable<string> Describe(Type type) =>
    [
        $"{type.FullName} : {type.BaseType?.Name}",
        .. type.GetMembers(Declared).Where(IsVisible).Select(member => $"    {member}").Order(StringComparer.Ordinal),
    ];

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase { IsSpecialName: true, IsConstructor: false } => false,
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(nonPublic: false).Length > 0,
        EventInfo => true,
        FieldInfo field => field.IsPublic && !field.IsSpecialName,
        _ => false,
    };
}
