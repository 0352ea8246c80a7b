using System.Text.RegularExpressions;
using FluentAssertions;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Architecture.Tests;

/// <summary>The messages on the page about troubleshooting are those of the sources: a user searches for the text.</summary>
public sealed partial class TroubleshootingTests
{
    private const string Page = "docs/troubleshooting.md";

    private const char Placeholder = '…';

    private static readonly Lazy<string> Literals = new(() => string.Join('\n', ReadSources()));

    private static IEnumerable<string> Messages =>
        Message().Matches(File.ReadAllText(Repository.PathOf(Page))).Select(heading => heading.Groups["text"].Value);

    [Test]
    public void The_page_has_messages() => Messages.Should().HaveCountGreaterThan(40).And.OnlyHaveUniqueItems();

    [TestCaseSource(nameof(Messages))]
    public void A_message_of_the_page_is_in_the_sources(string message)
    {
        var parts = message.Split(Placeholder).Select(part => Regex.Escape(part));

        Regex.IsMatch(Literals.Value, string.Join(".{0,160}?", parts), RegexOptions.None, TimeSpan.FromSeconds(20))
            .Should().BeTrue($"a user would search {Page} for a message that does not exist");
    }

    [Test]
    public void The_page_names_the_codes_of_problem_details_that_exist()
    {
        var codes = File.ReadAllText(Repository.PathOf("src", "KernelGateway.AspNetCore", "Errors", "ProblemCodes.cs"));
        var table = File.ReadLines(Repository.PathOf(Page)).Where(line => line.StartsWith("| `", StringComparison.Ordinal));

        table.SelectMany(row => Code().Matches(row.Split('|')[1]).Select(code => code.Groups["text"].Value))
            .Where(code => !codes.Contains($"\"{code}\"", StringComparison.Ordinal))
            .Should().BeEmpty();
    }

    // A literal that is continued on the next line is one text.
    private static IEnumerable<string> ReadSources() =>
        Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(path => Continuation().Replace(File.ReadAllText(path), "").Replace("\\\"", "\"", StringComparison.Ordinal));

    [GeneratedRegex("^### `(?<text>.+)`$", RegexOptions.Multiline)]
    private static partial Regex Message();

    [GeneratedRegex("`(?<text>[a-z_]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"""\s*\+\s*\$?""")]
    private static partial Regex Continuation();
}
