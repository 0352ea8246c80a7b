using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace KernelGateway.Tools.Results;

/// <summary>Reads the HTML table of a data frame as lines of cells, which has no padding and keeps the index.</summary>
internal static partial class HtmlTable
{
    // A larger one is no table for a model; its text is cut.
    private const int MaxHtmlLength = 1 << 20;

    /// <summary>Returns the rows, with <c> | </c> between the cells; null if the HTML is not one plain table.</summary>
    public static string? Read(string html)
    {
        if (html.Length > MaxHtmlLength) return null;
        var rows = new StringBuilder();
        var cells = new List<string>();
        var tables = 0;
        var cellStart = -1;
        foreach (Match tag in Tag().Matches(html))
        {
            var name = tag.Groups["name"].Value.ToLowerInvariant();
            var isEnd = tag.Groups["end"].Length > 0;
            if (Span().IsMatch(tag.Groups["attributes"].Value)) return null;
            if (name == "table")
            {
                if (!isEnd && ++tables > 1) return null;
                continue;
            }

            // The end tags of cells and rows may be missing; the next tag ends them too.
            if (cellStart >= 0)
            {
                cells.Add(ToText(html[cellStart..tag.Index]));
                cellStart = -1;
            }
            if (name == "tr") EndRow(rows, cells);
            else if (!isEnd) cellStart = tag.Index + tag.Length;
        }
        EndRow(rows, cells);
        return tables == 1 && rows.Length > 0 ? rows.ToString(0, rows.Length - 1) : null;
    }

    private static void EndRow(StringBuilder rows, List<string> cells)
    {
        if (cells.Count > 0) rows.AppendJoin(" | ", cells).Append('\n');
        cells.Clear();
    }

    private static string ToText(string html) => Space().Replace(WebUtility.HtmlDecode(AnyTag().Replace(html, " ")), " ").Trim();

    [GeneratedRegex(@"<(?<end>/?)(?<name>table|tr|th|td)\b(?<attributes>[^>]*)>", RegexOptions.IgnoreCase)]
    private static partial Regex Tag();

    // A cell of several rows or columns.
    [GeneratedRegex("""\b(?:row|col)span\s*=\s*["']?(?!["']?1\b)""", RegexOptions.IgnoreCase)]
    private static partial Regex Span();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex AnyTag();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
