using System.Globalization;
using KernelGateway.AspNetCore.CodeInterpreter;
using KernelGateway.AspNetCore.CodeInterpreter.Bodies;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Notebooks.Bodies;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.Notebooks;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Notebooks;

/// <summary>A request to run a notebook, in either of its two forms.</summary>
/// <param name="Notebook">The notebook.</param>
/// <param name="Options">The other fields.</param>
/// <param name="Body">The body, which holds the notebook's memory; disposed with the request.</param>
internal sealed record NotebookRequest(Notebook Notebook, ExecuteNotebookBody Options, RequestBody Body) : IDisposable
{
    /// <summary>Reads the request; null when it has been answered with an error.</summary>
    public static async Task<NotebookRequest?> ReadAsync(HttpContext context, HttpSurface surface)
    {
        if (await surface.Body.ReadAsync(context, ExecuteNotebookBody.Shape, MalformedBody.RefuseAsProblemAsync) is not { } read) return null;
        NotebookRequest? request = null;
        try
        {
            request = await ParseAsync(context, read, ExecuteBody.GetLongestTimeout(surface.Gateway.Options.Contexts));
            return request;
        }
        finally
        {
            if (request is null) read.Dispose();
        }
    }

    public void Dispose() => Body.Dispose();

    private static async Task<NotebookRequest?> ParseAsync(HttpContext context, RequestBody read, TimeSpan longestTimeout)
    {
        var body = read.Json;
        var isBare = body["notebook"] is null && body["nbformat"] is not null;
        var errors = new ValidationErrors();
        var options = ExecuteNotebookBody.Read(isBare ? OptionsOf(context.Request.Query) : body, longestTimeout, errors);
        if (errors.Any)
        {
            await errors.WriteAsProblemAsync(context);
            return null;
        }

        try
        {
            return new NotebookRequest(Notebook.Parse(isBare ? body : Detach(body)), options, read);
        }
        catch (NotebookFormatException exception)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, ProblemCodes.InvalidNotebook, exception.Message);
            return null;
        }
    }

    // Removed from the body, because Newtonsoft.Json copies a token that has a parent.
    private static JObject Detach(JObject body)
    {
        if (body["notebook"] is not JObject notebook)
        {
            throw new NotebookFormatException("notebook", "The body's field 'notebook' has to be a notebook, which is a JSON object.");
        }

        body["notebook"] = null;
        return notebook;
    }

    private static JObject OptionsOf(IQueryCollection query)
    {
        var options = new JObject();
        foreach (var name in new[] { "kernel_name", "cwd", "context_id" }) Add(name, text => new JValue(text));
        Add("timeout", text => double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) ? new JValue(seconds) : new JValue(text));
        foreach (var name in new[] { "allow_errors", "record_timing" }) Add(name, text => bool.TryParse(text, out var flag) ? new JValue(flag) : new JValue(text));
        return options;

        void Add(string name, Func<string, JValue> read)
        {
            if (query[name].ToString() is { Length: > 0 } text) options[name] = read(text);
        }
    }
}
