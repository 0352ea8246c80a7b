using Newtonsoft.Json.Linq;

namespace KernelGateway.Notebooks;

/// <summary>Checks that JSON is a notebook of format 4 and finds its cells. An error names the invalid field.</summary>
/// <remarks>
/// nbformat 4.0 to 4.5, The Notebook file format. Absent fields with an obvious value get this value, because people and programs
/// write notebooks by hand. Ids of cells are repaired when the notebook is run. Unknown fields are kept.
/// </remarks>
internal static class NotebookReader
{
    private const int Format = 4;

    private static readonly string[] CellTypes = ["code", "markdown", "raw"];

    /// <exception cref="NotebookFormatException">It is not a notebook.</exception>
    public static IReadOnlyList<NotebookCell> Read(JObject json)
    {
        CheckFormat(json);
        CheckMetadata(AddedObject(json, "metadata", "metadata"));
        var list = Required(json, "cells", "cells", "a list", JTokenType.Array);
        return [.. list.Select((cell, index) => ReadCell(cell, index, (int)json["nbformat_minor"]!))];
    }

    private static void CheckFormat(JObject json)
    {
        if (json["nbformat"] is null && json["cells"] is null)
        {
            throw new NotebookFormatException("nbformat", "This is not a notebook: it has neither 'nbformat' nor 'cells'.");
        }

        var major = Number(Required(json, "nbformat", "nbformat", "a whole number", JTokenType.Integer));
        if (major < Format)
        {
            throw new NotebookFormatException(
                "nbformat",
                $"The notebook has the old format {major}; format {Format} can be run. Saving it with a present Jupyter, or 'jupyter nbconvert "
                + "--to notebook', converts it.");
        }

        if (major > Format)
        {
            throw new NotebookFormatException("nbformat", $"The notebook has format {major}, which is not known here; format {Format} can be run.");
        }

        // A notebook without a minor version most likely has the format with ids; other readers ignore ids.
        if (json["nbformat_minor"] is null) json["nbformat_minor"] = Notebook.MinorWithIds;
        var minor = Required(json, "nbformat_minor", "nbformat_minor", "a whole number", JTokenType.Integer);
        if (Number(minor) is < 0 or > int.MaxValue) throw Wrong("nbformat_minor", minor, "a whole number from 0 on");
    }

    private static void CheckMetadata(JObject metadata)
    {
        foreach (var (name, key) in new[] { ("kernelspec", "name"), ("language_info", "name") })
        {
            if (Optional(metadata, name, $"metadata.{name}", "an object", JTokenType.Object) is { } part)
            {
                Optional((JObject)part, key, $"metadata.{name}.{key}", "a string", JTokenType.String);
            }
        }
    }

    private static NotebookCell ReadCell(JToken cell, int index, int minor)
    {
        var path = $"cells[{index}]";
        if (cell is not JObject json) throw Wrong(path, cell, "an object");
        var type = Required(json, "cell_type", $"{path}.cell_type", "a string", JTokenType.String);
        if (minor <= Notebook.MinorWithIds && !CellTypes.Contains((string)type!))
        {
            throw new NotebookFormatException(
                $"{path}.cell_type", $"The notebook's field {path}.cell_type is '{(string?)type}'; it has to be 'code', 'markdown' or 'raw'.");
        }

        var metadata = AddedObject(json, "metadata", $"{path}.metadata");
        var read = new NotebookCell(json, index);
        if (!read.IsCode) return read;

        CheckText(Required(json, "source", $"{path}.source", "a string or a list of strings", JTokenType.String, JTokenType.Array), $"{path}.source");
        if (Optional(metadata, "tags", $"{path}.metadata.tags", "a list of strings", JTokenType.Array) is { } tags) CheckTexts(tags, $"{path}.metadata.tags");
        Optional(metadata, "execution", $"{path}.metadata.execution", "an object", JTokenType.Object);
        if (Optional(json, "outputs", $"{path}.outputs", "a list", JTokenType.Array) is null) json["outputs"] = new JArray();
        if (Optional(json, "execution_count", $"{path}.execution_count", "a whole number or null", JTokenType.Integer) is null) json["execution_count"] = null;
        return read;
    }

    // Whole numbers of any length are JSON.
    private static long Number(JToken integer) => ((JValue)integer).Value switch
    {
        int number => number,
        long number => number,
        _ => long.MaxValue,
    };

    private static void CheckText(JToken text, string path)
    {
        if (text.Type == JTokenType.Array) CheckTexts(text, path);
    }

    private static void CheckTexts(JToken list, string path)
    {
        foreach (var (item, index) in list.Select((item, index) => (item, index)))
        {
            if (item.Type != JTokenType.String) throw Wrong($"{path}[{index}]", item, "a string");
        }
    }

    private static JObject AddedObject(JObject owner, string name, string path)
    {
        if (Optional(owner, name, path, "an object", JTokenType.Object) is { } value) return (JObject)value;
        var added = new JObject();
        owner[name] = added;
        return added;
    }

    private static JToken Required(JObject owner, string name, string path, string expected, params JTokenType[] types)
    {
        if (owner[name] is null) throw new NotebookFormatException(path, $"The notebook's field {path} is missing; it has to be {expected}.");
        return Optional(owner, name, path, expected, types) ?? throw Wrong(path, owner[name]!, expected);
    }

    // Null counts as absent: some programs write it for missing values.
    private static JToken? Optional(JObject owner, string name, string path, string expected, params JTokenType[] types)
    {
        if (owner[name] is not { } value || value.Type == JTokenType.Null) return null;
        return types.Contains(value.Type) ? value : throw Wrong(path, value, expected);
    }

    private static NotebookFormatException Wrong(string path, JToken value, string expected) =>
        new(path, $"The notebook's field {path} is {Name(value.Type)}; it has to be {expected}.");

    private static string Name(JTokenType type) => type switch
    {
        JTokenType.Object => "an object",
        JTokenType.Array => "a list",
        JTokenType.String => "a string",
        JTokenType.Integer or JTokenType.Float => "a number",
        JTokenType.Boolean => "a boolean",
        JTokenType.Null => "null",
        _ => "something else",
    };
}
