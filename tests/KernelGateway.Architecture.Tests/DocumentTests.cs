using System.Text.RegularExpressions;
using FluentAssertions;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Architecture.Tests;

/// <summary>Documents name files, types, event ids and other documents. After a rename in the code these names must still be correct.</summary>
public sealed partial class DocumentTests
{
    private const string Architecture = "docs/architecture.md";

    // Build output and installed packages, which are neither documents nor sources.
    private static readonly HashSet<string> SkippedFolders = [".git", ".venv", "artifacts", "bin", "node_modules", "obj"];

    private static readonly string[] Files = [.. FindFiles(Repository.Root).Select(ToRepositoryPath)];

    private static readonly Dictionary<string, string> Documents = Files
        .Where(path => path.EndsWith(".md", StringComparison.Ordinal))
        .ToDictionary(path => path, path => CodeBlock().Replace(File.ReadAllText(Repository.PathOf(path)), ""));

    private static readonly string Sources = string.Join(
        '\n',
        Files.Where(path => path.EndsWith(".cs", StringComparison.Ordinal))
            .Select(path => File.ReadAllText(Repository.PathOf(path))));

    [Test]
    public void Every_link_of_a_document_leads_to_a_file_and_a_heading()
    {
        Documents.Should().ContainKey(Architecture);

        FindInDocuments(Link())
            .Where(link => !IsElsewhere(link.Text) && !LeadsSomewhere(link.Document, link.Text))
            .Select(link => $"{link.Document}: {link.Text}")
            .Should().BeEmpty();
    }

    [Test]
    public void Every_source_file_that_a_document_names_exists() =>
        FindInDocuments(SourceFile())
            .Where(file => !Files.Any(path => path == file.Text || path.EndsWith("/" + file.Text, StringComparison.Ordinal)))
            .Select(file => $"{file.Document}: {file.Text}")
            .Should().BeEmpty();

    [TestCase(Architecture)]
    [TestCase("docs/glossary.md")]
    public void Every_type_and_member_that_a_document_names_exists(string document)
    {
        var words = Word().Matches(Sources).Select(word => word.Value).ToHashSet();
        var names = Identifier().Matches(Documents[document])
            .SelectMany(name => name.Groups["text"].Value.Split('.'))
            .ToHashSet();

        names.Should().HaveCountGreaterThan(100);
        names.Except(words).Should().BeEmpty();
    }

    [Test]
    public void Every_event_id_of_the_architecture_page_exists()
    {
        var ids = LogLine().Matches(Sources).Select(line => line.Groups["id"].Value).ToHashSet();
        var named = Table("Event").SelectMany(row => EventId().Matches(row[^1])).Select(id => id.Value).ToHashSet();

        named.Should().HaveCountGreaterThan(20);
        named.Except(ids).Should().BeEmpty();
    }

    [Test]
    public void The_architecture_page_answers_each_frequent_question_with_a_file_and_a_type()
    {
        var rows = Table("Question").ToList();

        rows.Should().HaveCount(7);
        rows.Should().OnlyContain(row => SourceFile().IsMatch(row[1]) && Identifier().IsMatch(row[2]));
    }

    // Pages of other hosts; and of the reference of the API, which the build of the site checks.
    private static bool IsElsewhere(string target) =>
        target.StartsWith("http", StringComparison.Ordinal) || target.StartsWith("xref:", StringComparison.Ordinal);

    private static bool LeadsSomewhere(string document, string target)
    {
        var (path, heading) = target.Split('#') is [var before, var after] ? (before, after) : (target, "");
        var file = path.Length == 0 ? document : ToRepositoryPath(Repository.PathOf(Path.GetDirectoryName(document)!, path));
        return heading.Length == 0
            ? File.Exists(Repository.PathOf(file)) || Directory.Exists(Repository.PathOf(file))
            : Documents.TryGetValue(file, out var text)
              && Heading().Matches(text).Any(match => ToAnchor(match.Groups["text"].Value) == heading);
    }

    private static IEnumerable<(string Document, string Text)> FindInDocuments(Regex pattern) =>
        Documents.SelectMany(
            document => pattern.Matches(document.Value).Select(match => (document.Key, match.Groups["text"].Value)));

    private static string ToRepositoryPath(string path) => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');

    // The rule by which GitHub creates anchors.
    private static string ToAnchor(string heading) =>
        NotInAnchor().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    // One of the two tables of the section, selected by the title of its first column.
    private static IEnumerable<string[]> Table(string firstColumn) =>
        Documents[Architecture].Split('\n')
            .SkipWhile(line => line != "## Where does it happen")
            .SkipWhile(line => !line.StartsWith($"| {firstColumn} |", StringComparison.Ordinal))
            .TakeWhile(line => line.StartsWith('|'))
            .Skip(2)
            .Select(line => line.Trim('|').Split('|'));

    private static IEnumerable<string> FindFiles(string directory) =>
        Directory.EnumerateFiles(directory).Concat(
            Directory.EnumerateDirectories(directory)
                .Where(path => !SkippedFolders.Contains(Path.GetFileName(path)) && new DirectoryInfo(path).LinkTarget is null)
                .SelectMany(FindFiles));

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\]\((?<text>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"`(?<text>[\w./-]+\.cs)`")]
    private static partial Regex SourceFile();

    // Words in capitals are names of variables, signals and HTTP methods.
    [GeneratedRegex(@"`(?<text>[A-Z]\w*[a-z]\w*(\.[A-Z]\w+)*)(\(.*?\))?`")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b[1-9]\d{3}\b")]
    private static partial Regex EventId();

    [GeneratedRegex(@"\[LoggerMessage\((?<id>\d{4}),")]
    private static partial Regex LogLine();
}
