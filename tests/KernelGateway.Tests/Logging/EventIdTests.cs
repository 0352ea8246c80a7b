using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Tests.Logging;

public sealed partial class EventIdTests
{
    [Test]
    public void Every_log_line_of_the_sources_has_an_event_id_of_its_own()
    {
        var separator = Path.DirectorySeparatorChar;
        var sources = Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{separator}obj{separator}", StringComparison.Ordinal));
        var lines = sources
            .SelectMany(path => LogLine().Matches(File.ReadAllText(path)).Select(match => (Path: path, match.Groups["id"].Value)))
            .ToArray();

        lines.Should().HaveCountGreaterThan(50).And.NotContain(line => line.Value.Length == 0, "an id is written down as a number");
        lines.GroupBy(line => int.Parse(line.Value, CultureInfo.InvariantCulture))
            .Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(line => Path.GetFileName(line.Path)))}")
            .Should().BeEmpty();
    }

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(?<id>\d*)")]
    private static partial Regex LogLine();
}
