using System.Text.Json.Nodes;

namespace KernelGateway.ControlPlane.Templates.Images;

/// <summary>What an image says about its programs: defaults for <c>template.json</c>.</summary>
/// <remarks>
/// Its command is not among them. Of most images it is a shell or an interpreter, which ends at once without a terminal. Services for
/// the E2B SDKs do not start it either: a template names the command that runs on in its sandboxes.
/// </remarks>
/// <param name="User">The name or id of the user, without the group.</param>
/// <param name="WorkingDirectory">The directory.</param>
/// <param name="Environment">The variables.</param>
internal sealed record ImageDefaults(string User, string WorkingDirectory, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Adds what a template does not say itself.</summary>
    /// <param name="template">The content of <c>template.json</c>.</param>
    /// <exception cref="TemplateException">Its <c>env</c> is not an object.</exception>
    internal void AddTo(JsonObject template)
    {
        // Without them it would be the user and the directory of the built-in templates, which an image seldom has.
        template["user"] ??= User;
        template["cwd"] ??= WorkingDirectory;
        if (Environment.Count == 0) return;
        if ((template["env"] ??= new JsonObject()) is not JsonObject variables)
            throw new TemplateException("The value of 'env' cannot be used: it is not an object.");
        foreach (var (name, value) in Environment)
            if (!variables.ContainsKey(name)) variables[name] = value;
    }
}
