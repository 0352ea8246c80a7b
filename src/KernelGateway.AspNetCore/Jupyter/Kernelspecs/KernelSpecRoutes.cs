using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;

namespace KernelGateway.AspNetCore.Jupyter.Kernelspecs;

/// <summary>The routes of kernelspecs, with their descriptions.</summary>
internal static class KernelSpecRoutes
{
    private const string Json = JsonAnswer.MediaType;
    private const string AnyMedia = "application/octet-stream";
    private const string Missing = "There is no usable kernelspec of that name, or no such file of it.";

    public static void Map(RouteTable routes, HttpSurface surface)
    {
        var endpoints = new KernelSpecEndpoints(surface);
        var files = new KernelSpecFileEndpoint(surface);
        routes.Map("GET", "/api/kernelspecs", endpoints.ListAsync)
            .Describe("jupyter_list_kernelspecs", "Lists the installed kernelspecs, and says which one is the default.")
            .Answers<KernelSpecsBody>(200, Json, "The kernelspecs.");
        routes.Map("GET", "/api/kernelspecs/{name}", endpoints.ShowAsync)
            .Describe("jupyter_get_kernelspec", "Shows a kernelspec.")
            .Answers<KernelSpecBody>(200, Json, "The kernelspec.")
            .Answers<JupyterErrorBody>(404, Json, "There is no usable kernelspec of that name; the message lists what there is.");
        routes.Map("GET", "/kernelspecs/{name}/{**file}", files.HandleAsync)
            .Describe("jupyter_get_kernelspec_file", "Gives a file of a kernelspec: a logo, a script.")
            .Answers<Stream>(200, AnyMedia, "The file, declared as what its name says.")
            .Answers<JupyterErrorBody>(404, Json, Missing);
        routes.Map("HEAD", "/kernelspecs/{name}/{**file}", files.HandleAsync)
            .Describe("jupyter_head_kernelspec_file", "Says whether there is such a file, and how long it is.")
            .Answers<Nothing>(200, null, "There is.")
            .Answers<Nothing>(404, null, Missing);
    }
}
