using System.Buffers;
using System.Text;
using KernelGateway.Notebooks;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>The two forms of a notebook of format 4: with text for clients, with lists of lines in a file (nbformat, rwbase.py).</summary>
internal static class NotebookForm
{
    public const int Format = 4;

    private const int TextBuffer = 16 * 1024;

    // The line breaks of Python's splitlines.
    private static readonly SearchValues<char> LineBreaks = SearchValues.Create("\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029");

    private static readonly string[] TransientFields = ["orig_nbformat", "orig_nbformat_minor", "signature"];
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Gets a value indicating whether JSON is a notebook of this format.</summary>
    public static bool IsKnown(JObject notebook) => notebook["nbformat"] is JValue { Value: long or int } format && (long)format == Format;

    /// <summary>Creates an empty notebook.</summary>
    public static JObject CreateEmpty() =>
        new() { ["cells"] = new JArray(), ["metadata"] = new JObject(), ["nbformat"] = Format, ["nbformat_minor"] = 5 };

    /// <summary>Checks a notebook; the text says what is wrong with it, null that it is valid.</summary>
    public static string? Validate(JObject notebook)
    {
        try
        {
            Notebook.Parse(notebook);
            return null;
        }
        catch (NotebookFormatException exception)
        {
            return $"Notebook validation failed: {exception.Message}";
        }
    }

    /// <summary>Joins the lines of a notebook and removes what belongs into no file and to no client.</summary>
    public static void JoinLines(JObject notebook)
    {
        RemoveTransient(notebook);
        foreach (var cell in CellsOf(notebook))
        {
            Join(cell, "source");
            if (cell["attachments"] is JObject attachments)
            {
                foreach (var attachment in attachments.PropertyValues().OfType<JObject>()) JoinBundle(attachment);
            }

            foreach (var output in OutputsOf(cell))
            {
                if (IsData(output)) JoinBundle(output["data"] as JObject);
                else Join(output, "text");
            }
        }
    }

    /// <summary>Writes a notebook as Jupyter's programs write files: sorted, indented by one blank, text as lists of lines.</summary>
    /// <param name="notebook">The notebook, which is changed.</param>
    /// <param name="stream">The stream; it stays open.</param>
    /// <exception cref="EncoderFallbackException">A text contains half a surrogate pair.</exception>
    public static void Write(JObject notebook, Stream stream)
    {
        RemoveTransient(notebook);
        if (IsKnown(notebook)) SplitLines(notebook);
        using var text = new StreamWriter(stream, Utf8, TextBuffer, leaveOpen: true) { NewLine = "\n" };
        using (var writer = new JsonTextWriter(text) { Formatting = Formatting.Indented, Indentation = 1, CloseOutput = false })
        {
            WriteSorted(notebook, writer);
        }

        text.WriteLine();
    }

    private static void SplitLines(JObject notebook)
    {
        foreach (var cell in CellsOf(notebook))
        {
            Split(cell, "source");
            if (cell["attachments"] is JObject attachments)
            {
                foreach (var attachment in attachments.PropertyValues().OfType<JObject>()) SplitBundle(attachment);
            }

            foreach (var output in OutputsOf(cell))
            {
                if (IsData(output)) SplitBundle(output["data"] as JObject);
                else if (output["output_type"] is JValue { Value: "stream" }) Split(output, "text");
            }
        }
    }

    private static void RemoveTransient(JObject notebook)
    {
        if (notebook["metadata"] is JObject metadata)
        {
            foreach (var field in TransientFields) metadata.Remove(field);
        }

        foreach (var cell in CellsOf(notebook)) (cell["metadata"] as JObject)?.Remove("trusted");
    }

    private static IEnumerable<JObject> CellsOf(JObject notebook) => (notebook["cells"] as JArray)?.OfType<JObject>() ?? [];

    private static IEnumerable<JObject> OutputsOf(JObject cell) =>
        cell["cell_type"] is JValue { Value: "code" } && cell["outputs"] is JArray outputs ? outputs.OfType<JObject>() : [];

    private static bool IsData(JObject output) => output["output_type"] is JValue { Value: "execute_result" or "display_data" };

    private static void Join(JObject owner, string name)
    {
        if (owner[name] is JArray lines && lines.All(line => line.Type == JTokenType.String))
            owner[name] = string.Concat(lines.Select(line => (string)line!));
    }

    private static void JoinBundle(JObject? bundle)
    {
        if (bundle is null) return;
        foreach (var name in bundle.Properties().Select(field => field.Name).Where(name => !IsJson(name)).ToArray()) Join(bundle, name);
    }

    private static bool IsJson(string mediaType) =>
        mediaType.StartsWith("application/", StringComparison.Ordinal)
        && (mediaType == "application/json" || mediaType.EndsWith("+json", StringComparison.Ordinal));

    private static void SplitBundle(JObject? bundle)
    {
        if (bundle is null) return;
        foreach (var name in bundle.Properties().Select(field => field.Name).Where(IsLines).ToArray()) Split(bundle, name);
    }

    private static bool IsLines(string mediaType) =>
        mediaType.StartsWith("text/", StringComparison.Ordinal) || mediaType is "application/javascript" or "image/svg+xml";

    private static void Split(JObject owner, string name)
    {
        if (owner[name] is not JValue { Value: string text }) return;
        var lines = new JArray();
        for (var start = 0; start < text.Length;)
        {
            var end = text.AsSpan(start).IndexOfAny(LineBreaks);
            end = end < 0 ? text.Length : start + end + 1;
            if (text[end - 1] == '\r' && end < text.Length && text[end] == '\n') end++;
            lines.Add(text[start..end]);
            start = end;
        }

        owner[name] = lines;
    }

    private static void WriteSorted(JToken token, JsonTextWriter writer)
    {
        switch (token)
        {
            case JObject map:
                writer.WriteStartObject();
                foreach (var field in map.Properties().OrderBy(field => field.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(field.Name);
                    WriteSorted(field.Value, writer);
                }

                writer.WriteEndObject();
                break;
            case JArray list:
                writer.WriteStartArray();
                foreach (var item in list) WriteSorted(item, writer);
                writer.WriteEndArray();
                break;
            default:
                token.WriteTo(writer);
                break;
        }
    }
}
