using System.Text.Json;
using System.Text.Json.Nodes;

namespace KernelGateway.ControlPlane.Templates;

/// <summary>Adds templates to a directory and removes them, also while a service uses it.</summary>
/// <param name="path">The directory.</param>
/// <param name="removeTree">Removes a directory, whatever names are in it.</param>
internal sealed class TemplateDirectory(string path, Action<string> removeTree)
{
    private const string Root = "root";
    private const string Shell = "bin/sh";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Says whether there is a template of a name in the directory.</summary>
    public bool Contains(string id) => File.Exists(Path.Combine(path, id, TemplateFile.Name));

    /// <summary>Adds a template, or replaces the one of its name. It appears as a whole, and a failure leaves nothing.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="json">The content of its file; <c>root</c> is added.</param>
    /// <param name="fill">Creates its root directory, which does not exist yet, and may add to the content.</param>
    /// <returns>The template.</returns>
    /// <exception cref="TemplateException">The name, the content or the root directory cannot be used.</exception>
    /// <exception cref="IOException">Something cannot be written.</exception>
    public SandboxTemplate Build(string id, string json, Action<string, JsonObject> fill)
    {
        var directory = Path.Combine(path, id);
        var content = Read(id, json);

        // Before the root is made, which may take a while.
        TemplateFile.Parse(id, directory, content.ToJsonString());
        Directory.CreateDirectory(path);
        var temporary = Temporary(id);
        Directory.CreateDirectory(temporary);
        try
        {
            var root = Path.Combine(temporary, Root);
            fill(root, content);
            Check(id, root);
            var text = content.ToJsonString(Indented);
            var template = TemplateFile.Parse(id, directory, text);
            File.WriteAllText(Path.Combine(temporary, TemplateFile.Name), text);
            if (Directory.Exists(directory)) Remove(id);
            Directory.Move(temporary, directory);
            return template;
        }
        finally
        {
            if (Directory.Exists(temporary)) removeTree(temporary);
        }
    }

    /// <summary>Removes a template.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public void Remove(string id)
    {
        // At once for those who look for it; its files may take a while.
        var removed = Temporary(id);
        Directory.Move(Path.Combine(path, id), removed);
        removeTree(removed);
    }

    // The catalog leaves out names with a dot.
    private string Temporary(string id) => Path.Combine(path, $".{id}.{Guid.NewGuid():N}");

    private static JsonObject Read(string id, string json)
    {
        try
        {
            if (JsonNode.Parse(json, documentOptions: TemplateFile.Options) is not JsonObject template)
                throw new TemplateException($"Template '{id}': {TemplateFile.Name} is not a JSON object.");
            if (template.ContainsKey(Root))
                throw new TemplateException($"Template '{id}': '{Root}' is set when the template is built.");
            template[Root] = Root;
            return template;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new TemplateException($"Template '{id}': {TemplateFile.Name} cannot be read: {exception.Message}", exception);
        }
    }

    // The engines start the sidecar with it. A link may lead to a file that exists in the sandbox only.
    private static void Check(string id, string root)
    {
        var shell = new FileInfo(Path.Combine(root, Shell));
        if (!shell.Exists && shell.LinkTarget is null)
            throw new TemplateException($"Template '{id}': its root directory has no '/{Shell}'.");
    }
}
