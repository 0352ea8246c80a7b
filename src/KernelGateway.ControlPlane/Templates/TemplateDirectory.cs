using System.Text.Json;
using System.Text.Json.Nodes;

namespace KernelGateway.ControlPlane.Templates;

/// <summary>Adds templates to a directory and removes them, also while a service uses it.</summary>
/// <param name="path">The directory.</param>
/// <param name="removeTree">Removes a directory, whatever names are in it.</param>
/// <param name="time">The clock; null for the system's.</param>
internal sealed class TemplateDirectory(string path, Action<string> removeTree, TimeProvider? time = null)
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
        // Before the root is made, which may take a while.
        Check(id, json);
        var directory = Path.Combine(path, id);
        var content = Read(id, json);
        Directory.CreateDirectory(path);
        var temporary = Temporary(id);
        Directory.CreateDirectory(temporary);
        try
        {
            var root = Path.Combine(temporary, Root);
            fill(root, content);
            CheckRoot(id, root);
            // By which a pool notices that its sandboxes have a former root. A copy has the time of its source.
            Directory.SetLastWriteTimeUtc(root, (time ?? TimeProvider.System).GetUtcNow().UtcDateTime);
            var text = content.ToJsonString(Indented);
            var template = TemplateFile.Parse(id, directory, text);
            File.WriteAllText(Path.Combine(temporary, TemplateFile.Name), text);
            if (!Directory.Exists(directory)) Directory.Move(temporary, directory);
            else if (!DirectoryExchange.TryExchange(temporary, directory)) Replace(id, temporary);
            return template;
        }
        finally
        {
            // After an exchange it is the former template.
            if (Directory.Exists(temporary)) removeTree(temporary);
        }
    }

    /// <summary>Checks the name and the content of a file, as <see cref="Build"/> does before it makes anything.</summary>
    /// <exception cref="TemplateException">The name or the content cannot be used.</exception>
    public void Check(string id, string json) => TemplateFile.Parse(id, Path.Combine(path, id), Read(id, json).ToJsonString());

    /// <summary>Removes a template.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public void Remove(string id)
    {
        // At once for those who look for it; its files may take a while.
        var removed = Temporary(id);
        Directory.Move(Path.Combine(path, id), removed);
        removeTree(removed);
    }

    // Where the file system cannot exchange names, the template is missing for a moment.
    private void Replace(string id, string temporary)
    {
        var (directory, former) = (Path.Combine(path, id), Temporary(id));
        Directory.Move(directory, former);
        try
        {
            Directory.Move(temporary, directory);
        }
        catch
        {
            Directory.Move(former, directory);
            throw;
        }

        removeTree(former);
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
    private static void CheckRoot(string id, string root)
    {
        var shell = new FileInfo(Path.Combine(root, Shell));
        if (!shell.Exists && shell.LinkTarget is null)
            throw new TemplateException($"Template '{id}': its root directory has no '/{Shell}'.");
    }
}
